"""Prints, as hexadecimal digits, the record of the event that TestGoldenRecord expects: python3 event.py

Nothing but the standard library: the checksum is bit by bit from the polynomial of CRC-32C, and the protocol buffer by hand.
"""

import struct


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def field(number, wire, content):
    return bytes([number << 3 | wire]) + content


def delimited(number, content):
    return field(number, 2, bytes([len(content)]) + content)


assert crc32c(b"123456789") == 0xE3069283  # the check value of the catalog of CRCs

value = delimited(1, b"train/loss") + field(2, 5, struct.pack("<f", 0.5))
event = field(1, 1, struct.pack("<d", 1700000000.25)) + field(2, 0, bytes([0xAC, 0x02])) + delimited(5, delimited(1, value))
length = struct.pack("<Q", len(event))
print((length + struct.pack("<I", masked(length)) + event + struct.pack("<I", masked(event))).hex())
