/**
 * A JT/T 808 location as a careful engineer would decode it by hand for one project: a terminal of 2013, straight-line
 * code, the same checks and the same value as the generated codec for the items that this project has, and no provision
 * for anything else. The frame comes without its flags, unescaped.
 *
 *     id(2) | attrs(2) | phone(6) | serial(2) | alarm(4) status(4) lat(4) lon(4) alt(2) speed(2) course(2) time(6)
 *     | [tag size value].. | xor
 */
import type { Alarm, Extra, Io, LocationMessage, Signals, Status } from '../generated/jt808/types.js';

const HOUR = 3_600_000;

function u32(b: Uint8Array, o: number): number {
  return ((b[o]! << 24) | (b[o + 1]! << 16) | (b[o + 2]! << 8) | b[o + 3]!) >>> 0;
}

function alarmOf(bits: number): Alarm {
  return {
    sos: (bits & 0x1) !== 0,
    overspeed: (bits & 0x2) !== 0,
    fatigue: (bits & 0x4) !== 0,
    danger: (bits & 0x8) !== 0,
    gnssFault: (bits & 0x10) !== 0,
    antennaCut: (bits & 0x20) !== 0,
    antennaShort: (bits & 0x40) !== 0,
    lowVoltage: (bits & 0x80) !== 0,
    powerCut: (bits & 0x100) !== 0,
    displayFault: (bits & 0x200) !== 0,
    speechFault: (bits & 0x400) !== 0,
    cameraFault: (bits & 0x800) !== 0,
    cardFault: (bits & 0x1000) !== 0,
    overspeedSoon: (bits & 0x2000) !== 0,
    fatigueSoon: (bits & 0x4000) !== 0,
    violation: (bits & 0x8000) !== 0,
    tyrePressure: (bits & 0x10000) !== 0,
    blindSpot: (bits & 0x20000) !== 0,
    dayOvertime: (bits & 0x40000) !== 0,
    parkedTooLong: (bits & 0x80000) !== 0,
    area: (bits & 0x100000) !== 0,
    route: (bits & 0x200000) !== 0,
    sectionTime: (bits & 0x400000) !== 0,
    offRoute: (bits & 0x800000) !== 0,
    speedSensorFault: (bits & 0x1000000) !== 0,
    fuel: (bits & 0x2000000) !== 0,
    stolen: (bits & 0x4000000) !== 0,
    ignition: (bits & 0x8000000) !== 0,
    moved: (bits & 0x10000000) !== 0,
    collision: (bits & 0x20000000) !== 0,
    rollover: (bits & 0x40000000) !== 0,
    doorOpened: (bits & 0x80000000) !== 0,
  };
}

function statusOf(bits: number): Status {
  return {
    acc: (bits & 0x1) !== 0,
    fixed: (bits & 0x2) !== 0,
    south: (bits & 0x4) !== 0,
    west: (bits & 0x8) !== 0,
    outOfService: (bits & 0x10) !== 0,
    encrypted: (bits & 0x20) !== 0,
    aboutToCollide: (bits & 0x40) !== 0,
    leavingLane: (bits & 0x80) !== 0,
    loaded: (bits & 0x100) !== 0,
    full: (bits & 0x200) !== 0,
    oilCut: (bits & 0x400) !== 0,
    circuitCut: (bits & 0x800) !== 0,
    doorLocked: (bits & 0x1000) !== 0,
    frontDoor: (bits & 0x2000) !== 0,
    middleDoor: (bits & 0x4000) !== 0,
    backDoor: (bits & 0x8000) !== 0,
    driverDoor: (bits & 0x10000) !== 0,
    otherDoor: (bits & 0x20000) !== 0,
    gps: (bits & 0x40000) !== 0,
    beidou: (bits & 0x80000) !== 0,
    glonass: (bits & 0x100000) !== 0,
    galileo: (bits & 0x200000) !== 0,
    moving: (bits & 0x400000) !== 0,
    $rest: (bits & 0xff800000) >>> 0 || undefined,
  };
}

function signalsOf(bits: number): Signals {
  return {
    lowBeam: (bits & 0x1) !== 0,
    highBeam: (bits & 0x2) !== 0,
    right: (bits & 0x4) !== 0,
    left: (bits & 0x8) !== 0,
    brake: (bits & 0x10) !== 0,
    reverse: (bits & 0x20) !== 0,
    fog: (bits & 0x40) !== 0,
    position: (bits & 0x80) !== 0,
    horn: (bits & 0x100) !== 0,
    aircon: (bits & 0x200) !== 0,
    neutral: (bits & 0x400) !== 0,
    retarder: (bits & 0x800) !== 0,
    abs: (bits & 0x1000) !== 0,
    heater: (bits & 0x2000) !== 0,
    clutch: (bits & 0x4000) !== 0,
    $rest: (bits & 0xffff8000) >>> 0 || undefined,
  };
}

/** Two decimal digits; 0xff for anything else. */
const DECIMAL = Uint8Array.from({ length: 256 }, (_, b) =>
  b >> 4 < 10 && (b & 15) < 10 ? (b >> 4) * 10 + (b & 15) : 255,
);
const DIGITS = '0123456789abcdef';

/** Without zeros in front. */
function phoneOf(b: Uint8Array, o: number): string {
  let text = '';
  for (let i = 0; i < 12; i++) {
    const digit = (i & 1) === 0 ? b[o + (i >> 1)]! >> 4 : b[o + (i >> 1)]! & 15;
    if (digit !== 0 || text !== '' || i === 11) text += DIGITS[digit];
  }
  return text;
}

function timeOf(b: Uint8Array, o: number): number | undefined {
  const year = DECIMAL[b[o]!]!;
  const month = DECIMAL[b[o + 1]!]!;
  const day = DECIMAL[b[o + 2]!]!;
  const hour = DECIMAL[b[o + 3]!]!;
  const minute = DECIMAL[b[o + 4]!]!;
  const second = DECIMAL[b[o + 5]!]!;
  if (year > 99 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59)
    return undefined;
  const local = Date.UTC(2000 + year, month - 1, day, hour, minute, second);
  if (day > 28 && new Date(local).getUTCDate() !== day) return undefined;
  return local - 8 * HOUR;
}

function extraOf(b: Uint8Array, o: number, end: number): Extra {
  let mileage: number | undefined;
  let fuel: number | undefined;
  let signals: Signals | undefined;
  let io: Io | undefined;
  let rssi: number | undefined;
  let sats: number | undefined;
  let unknown: { tag: number; data: Uint8Array }[] | undefined;
  let tail: Uint8Array | undefined;
  while (o < end) {
    if (end - o < 2 || o + 2 + b[o + 1]! > end) {
      tail = b.slice(o, end);
      break;
    }
    const tag = b[o]!;
    const size = b[o + 1]!;
    o += 2;
    if (tag === 0x01 && size === 4) mileage = u32(b, o) / 10;
    else if (tag === 0x02 && size === 2) fuel = ((b[o]! << 8) | b[o + 1]!) / 10;
    else if (tag === 0x25 && size === 4) signals = signalsOf(u32(b, o));
    else if (tag === 0x2a && size === 2)
      io = {
        deepSleep: (b[o + 1]! & 0x1) !== 0,
        sleep: (b[o + 1]! & 0x2) !== 0,
        $rest: ((b[o]! << 8) | b[o + 1]!) & 0xfffc || undefined,
      };
    else if (tag === 0x30 && size === 1) rssi = b[o]!;
    else if (tag === 0x31 && size === 1) sats = b[o]!;
    else {
      unknown ??= [];
      unknown.push({ tag, data: b.slice(o, o + size) });
    }
    o += size;
  }
  return { mileage, fuel, signals, io, rssi, sats, unknown, tail };
}

/** `undefined`: the frame is no good location of 2013. */
export function decodeLocation(b: Uint8Array, start: number, end: number): LocationMessage | undefined {
  // 12 bytes of header, 28 of position, the check.
  if (end - start < 41) return undefined;
  let sum = 0;
  for (let i = start; i < end - 1; i++) sum ^= b[i]!;
  if (sum !== b[end - 1]) return undefined;
  if (b[start] !== 0x02 || b[start + 1] !== 0x00) return undefined;
  const attrs = (b[start + 2]! << 8) | b[start + 3]!;
  // Whole, in the clear, with the header of 2013, and of the size that it says.
  if ((attrs & 0x7c00) !== 0 || (attrs & 0x3ff) !== end - start - 13) return undefined;
  const o = start + 12;
  const status = u32(b, o + 4);
  const lat = u32(b, o + 8) / 1e6;
  const lon = u32(b, o + 12) / 1e6;
  if (lat > 90 || lon > 180) return undefined;
  return {
    attrs: { v2019: false, cipher: 0, $rest: attrs & 0x8000 || undefined },
    phone: phoneOf(b, start + 4),
    serial: (b[start + 10]! << 8) | b[start + 11]!,
    alarm: alarmOf(u32(b, o)),
    status: statusOf(status),
    lat: (status & 0x4) !== 0 ? 0 - lat : lat,
    lon: (status & 0x8) !== 0 ? 0 - lon : lon,
    alt: ((b[o + 16]! << 24) >> 16) | b[o + 17]!,
    speed: ((b[o + 18]! << 8) | b[o + 19]!) / 10,
    course: (b[o + 20]! << 8) | b[o + 21]!,
    time: timeOf(b, o + 22),
    extra: extraOf(b, o + 28, end - 1),
  };
}
