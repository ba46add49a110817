// This is a generated file! Please edit source .ksy file and use kaitai-struct-compiler to rebuild

(function (root, factory) {
  if (typeof define === 'function' && define.amd) {
    define(['exports', 'kaitai-struct/KaitaiStream'], factory);
  } else if (typeof exports === 'object' && exports !== null && typeof exports.nodeType !== 'number') {
    factory(exports, require('kaitai-struct/KaitaiStream'));
  } else {
    factory(root.Gt06Location || (root.Gt06Location = {}), root.KaitaiStream);
  }
})(typeof self !== 'undefined' ? self : this, function (Gt06Location_, KaitaiStream) {
var Gt06Location = (function() {
  function Gt06Location(_io, _parent, _root) {
    this._io = _io;
    this._parent = _parent;
    this._root = _root || this;

    this._read();
  }
  Gt06Location.prototype._read = function() {
    this.start = this._io.readBytes(2);
    if (!((KaitaiStream.byteArrayCompare(this.start, new Uint8Array([120, 120])) == 0))) {
      throw new KaitaiStream.ValidationNotEqualError(new Uint8Array([120, 120]), this.start, this._io, "/seq/0");
    }
    this.lenRest = this._io.readU1();
    this.kind = this._io.readU1();
    if (!( ((this.kind == 18) || (this.kind == 34)) )) {
      throw new KaitaiStream.ValidationNotAnyOfError(this.kind, this._io, "/seq/2");
    }
    this._raw_body = this._io.readBytes(this.lenRest - 5);
    var _io__raw_body = new KaitaiStream(this._raw_body);
    this.body = new Body(_io__raw_body, this, this._root);
    this.serial = this._io.readU2be();
    this.crc = this._io.readU2be();
    this.stop = this._io.readBytes(2);
    if (!((KaitaiStream.byteArrayCompare(this.stop, new Uint8Array([13, 10])) == 0))) {
      throw new KaitaiStream.ValidationNotEqualError(new Uint8Array([13, 10]), this.stop, this._io, "/seq/6");
    }
  }

  var Body = Gt06Location.Body = (function() {
    function Body(_io, _parent, _root) {
      this._io = _io;
      this._parent = _parent;
      this._root = _root;

      this._read();
    }
    Body.prototype._read = function() {
      this.year = this._io.readU1();
      this.month = this._io.readU1();
      this.day = this._io.readU1();
      this.hour = this._io.readU1();
      this.minute = this._io.readU1();
      this.second = this._io.readU1();
      this.infoLen = this._io.readBitsIntBe(4);
      this.sats = this._io.readBitsIntBe(4);
      this._io.alignToByte();
      this.latRaw = this._io.readU4be();
      this.lonRaw = this._io.readU4be();
      this.speed = this._io.readU1();
      this.spare = this._io.readBitsIntBe(2);
      this.realtime = this._io.readBitsIntBe(1) != 0;
      this.fixed = this._io.readBitsIntBe(1) != 0;
      this.west = this._io.readBitsIntBe(1) != 0;
      this.north = this._io.readBitsIntBe(1) != 0;
      this.deg = this._io.readBitsIntBe(10);
      this._io.alignToByte();
      if (this._io.size - this._io.pos >= 8) {
        this.cell = new Cell(this._io, this, this._root);
      }
      this.rest = this._io.readBytesFull();
    }
    Object.defineProperty(Body.prototype, 'lat', {
      get: function() {
        if (this._m_lat !== undefined)
          return this._m_lat;
        this._m_lat = ((this.north ? 1 : -1) * this.latRaw) / 1800000.0;
        return this._m_lat;
      }
    });
    Object.defineProperty(Body.prototype, 'lon', {
      get: function() {
        if (this._m_lon !== undefined)
          return this._m_lon;
        this._m_lon = ((this.west ? -1 : 1) * this.lonRaw) / 1800000.0;
        return this._m_lon;
      }
    });

    return Body;
  })();

  var Cell = Gt06Location.Cell = (function() {
    function Cell(_io, _parent, _root) {
      this._io = _io;
      this._parent = _parent;
      this._root = _root;

      this._read();
    }
    Cell.prototype._read = function() {
      this.mcc = this._io.readU2be();
      this.mnc = this._io.readU1();
      this.lac = this._io.readU2be();
      this.ciHigh = this._io.readU1();
      this.ciLow = this._io.readU2be();
    }
    Object.defineProperty(Cell.prototype, 'ci', {
      get: function() {
        if (this._m_ci !== undefined)
          return this._m_ci;
        this._m_ci = this.ciHigh << 16 | this.ciLow;
        return this._m_ci;
      }
    });

    return Cell;
  })();

  return Gt06Location;
})();
Gt06Location_.Gt06Location = Gt06Location;
});
