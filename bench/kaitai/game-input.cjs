// This is a generated file! Please edit source .ksy file and use kaitai-struct-compiler to rebuild

(function (root, factory) {
  if (typeof define === 'function' && define.amd) {
    define(['exports', 'kaitai-struct/KaitaiStream'], factory);
  } else if (typeof exports === 'object' && exports !== null && typeof exports.nodeType !== 'number') {
    factory(exports, require('kaitai-struct/KaitaiStream'));
  } else {
    factory(root.GameInput || (root.GameInput = {}), root.KaitaiStream);
  }
})(typeof self !== 'undefined' ? self : this, function (GameInput_, KaitaiStream) {
var GameInput = (function() {
  function GameInput(_io, _parent, _root) {
    this._io = _io;
    this._parent = _parent;
    this._root = _root || this;

    this._read();
  }
  GameInput.prototype._read = function() {
    this.len = this._io.readU1();
    if (!(this.len == 6)) {
      throw new KaitaiStream.ValidationNotEqualError(6, this.len, this._io, "/seq/0");
    }
    this.kind = this._io.readU1();
    if (!(this.kind == 2)) {
      throw new KaitaiStream.ValidationNotEqualError(2, this.kind, this._io, "/seq/1");
    }
    this.seqNumber = this._io.readU2le();
    this.up = this._io.readBitsIntLe(1) != 0;
    this.down = this._io.readBitsIntLe(1) != 0;
    this.left = this._io.readBitsIntLe(1) != 0;
    this.right = this._io.readBitsIntLe(1) != 0;
    this.fire = this._io.readBitsIntLe(1) != 0;
    this.spare = this._io.readBitsIntLe(3);
    this._io.alignToByte();
    this.aimRaw = this._io.readU2le();
  }
  Object.defineProperty(GameInput.prototype, 'aim', {
    get: function() {
      if (this._m_aim !== undefined)
        return this._m_aim;
      this._m_aim = (this.aimRaw * 45) / 8192.0;
      return this._m_aim;
    }
  });

  return GameInput;
})();
GameInput_.GameInput = GameInput;
});
