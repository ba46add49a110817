# The location of protocols/gt06.wire.yaml, as Kaitai Struct declares it. Checksums cannot be expressed.
meta: { id: gt06_location, endian: be }
seq:
  - { id: start, contents: [0x78, 0x78] }
  - { id: len_rest, type: u1 }
  - { id: kind, type: u1, valid: { any-of: [0x12, 0x22] } }
  - { id: body, size: len_rest - 5, type: body }
  - { id: serial, type: u2 }
  - { id: crc, type: u2 }
  - { id: stop, contents: [0x0d, 0x0a] }
types:
  body:
    seq:
      - { id: year, type: u1 }
      - { id: month, type: u1 }
      - { id: day, type: u1 }
      - { id: hour, type: u1 }
      - { id: minute, type: u1 }
      - { id: second, type: u1 }
      - { id: info_len, type: b4 }
      - { id: sats, type: b4 }
      - { id: lat_raw, type: u4 }
      - { id: lon_raw, type: u4 }
      - { id: speed, type: u1 }
      - { id: spare, type: b2 }
      - { id: realtime, type: b1 }
      - { id: fixed, type: b1 }
      - { id: west, type: b1 }
      - { id: north, type: b1 }
      - { id: deg, type: b10 }
      - { id: cell, type: cell, if: _io.size - _io.pos >= 8 }
      - { id: rest, size-eos: true }
    instances:
      lat: { value: "(north ? 1 : -1) * lat_raw / 1800000.0" }
      lon: { value: "(west ? -1 : 1) * lon_raw / 1800000.0" }
  cell:
    seq:
      - { id: mcc, type: u2 }
      - { id: mnc, type: u1 }
      - { id: lac, type: u2 }
      - { id: ci_high, type: u1 }
      - { id: ci_low, type: u2 }
    instances:
      ci: { value: (ci_high << 16) | ci_low }
