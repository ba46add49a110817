# The input of protocols/game.wire.yaml, as Kaitai Struct declares it; its size fits one byte.
meta: { id: game_input, endian: le, bit-endian: le }
seq:
  - { id: len, type: u1, valid: 6 }
  - { id: kind, type: u1, valid: 2 }
  - { id: seq_number, type: u2 }
  - { id: up, type: b1 }
  - { id: down, type: b1 }
  - { id: left, type: b1 }
  - { id: right, type: b1 }
  - { id: fire, type: b1 }
  - { id: spare, type: b3 }
  - { id: aim_raw, type: u2 }
instances:
  aim: { value: aim_raw * 45 / 8192.0 }
