"""Journal files written by a test, from the drawing in schemas/journal/README.md and without the engine's code.

    journal = WrittenJournal(folder)
    journal.begin(1)                                   # a file with its header and one version record
    journal.add(prediction(sequence=1, request_id=b"r1"), gap(sequence=2, rows=5))
    journal.seal()                                     # as the keeper does with a finished file
"""
import struct

TABLE = []
for byte in range(256):
    for _ in range(8):
        byte = byte >> 1 ^ 0x82F63B78 if byte & 1 else byte >> 1
    TABLE.append(byte)

WALL_NS = 1_764_067_502_123_456_789  # 2025-11-25T10:45:02.123456789Z
VERSION = "loan_default_v1.0.0"


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


def record(kind, body, sequence=0, writer=0xFFFF, epoch=1, wall_ns=WALL_NS):
    body += bytes(-len(body) % 8)
    rest = struct.pack("<QQHHI", sequence, wall_ns, kind, writer, epoch) + body
    return struct.pack("<II", 8 + len(rest), crc32c(rest)) + rest


def version_record(epoch=1):
    """Ordinal 0: fields age (int) and home (str), feature f, classes 0 and 1 (integers)."""
    names = [(b"age", 1), (b"home", 3), (b"f", 0), (b"0", 1), (b"1", 1)]
    task = b"loan_default"
    body = struct.pack("<IHHHHHBB32s", 0, 2, 1, 2, len(VERSION), len(task), 0, 0, b"")
    body += b"".join(struct.pack("<IBBBB", len(name), kind, 0, 0, 0) for name, kind in names)
    return record(2, body + VERSION.encode() + task + b"".join(name for name, _ in names), epoch=epoch)


def prediction(sequence, writer=0, epoch=1, wall_ns=WALL_NS, client=1, ticket=None, row=0, rows=1, status=0, code=0, fields=2, request_id=b"",
               user=b"", home=b"rent", score=0.25, text=b"", version=0):
    """Of the version above; fields=0: its status alone."""
    text = home + text if fields else b""
    outputs = 1 if fields and status == 0 else 0
    body = struct.pack("<QQIIIHH", sequence if ticket is None else ticket, client, 1000, 4242, version, row, rows)
    body += struct.pack("<BBBBHH", status, code, 1, 0, 0, fields)
    body += struct.pack("<HHHBB", outputs, outputs, 1 if outputs else 0, 0, len(request_id))
    body += struct.pack("<iIIIIIIII", 1 if outputs else -1, 100, 200, 300, 400, 1500, 0, len(text), 0)
    body += struct.pack("<BBBBB7x", len(user), 0, 4, 0, 0)
    assert len(body) == 96
    if fields:
        body += struct.pack("<QQQ", 1, 0, 0) + struct.pack("<dQ", 27.0, len(home) << 32)
    if outputs:
        body += struct.pack("<ff", score, -1.5) + struct.pack("<fI", float("nan"), 0)
    body += bytes([1, 2] if fields else []) + request_id + user + b"test" + text
    return record(1, body, sequence, writer, epoch, wall_ns)


def gap(sequence, rows, writer=0, epoch=1):
    return record(3, struct.pack("<QQB7x", rows, WALL_NS, 1), sequence, writer, epoch)


def header(number, engine_epoch, epoch):
    rest = struct.pack("<QQQIHH32s176s", number, WALL_NS, engine_epoch, epoch, 1, 12, b"", b"loan_default")
    return b"RNISJRN1" + struct.pack("<II", 1, crc32c(rest)) + rest


def sealed(plain, frame_bytes=700):
    """Frames of one raw block each, as the form of zstd allows (RFC 8878), between the head and the seek table of schemas/journal/sealed.h."""
    parts = [plain[at:at + frame_bytes] for at in range(0, len(plain), frame_bytes)]
    frames = [struct.pack("<IBI", 0xFD2FB528, 0xA0, len(part)) + (len(part) << 3 | 1).to_bytes(3, "little") + part for part in parts]
    entries = struct.pack("<II", 32, 0) + b"".join(struct.pack("<II", len(frame), len(part)) for frame, part in zip(frames, parts))
    table = struct.pack("<II", 0x184D2A5E, len(entries) + 9) + entries + struct.pack("<IBI", len(frames) + 1, 0, 0x8F92EAB1)
    head = struct.pack("<IIQQI", 0x184D2A50, 24, 0x5A4E524A53494E52, len(plain), crc32c(table))
    return head + struct.pack("<I", crc32c(head)) + b"".join(frames) + table


class WrittenJournal:
    def __init__(self, folder):
        self.folder = folder
        self.path = None
        folder.mkdir(parents=True, exist_ok=True)

    def begin(self, number, engine_epoch=0xFEDC_BA98_7654_3210, epoch=1):
        self.path = self.folder / f"{number:016x}.rsj"
        self.path.write_bytes(header(number, engine_epoch, epoch) + version_record(epoch))

    def seal(self):
        plain = self.path
        self.path = plain.with_name(plain.name + ".zst")
        self.path.write_bytes(sealed(plain.read_bytes()))
        plain.unlink()

    def add(self, *records):
        with open(self.path, "ab") as file:
            file.write(b"".join(records))
