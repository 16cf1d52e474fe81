"""A cartridge image from the linker's Intel hex: 32 KiB, the header, both checksums."""

SIZE = 0x8000
TITLE = b"THISTLEDOWN"
COLOR_AND_GREY = 0x80
MBC1_RAM_BATTERY = 0x03
RAM_8_KIB = 0x02
NEW_LICENSEE = 0x33
"""The old licensee byte that every cartridge with a colour flag carries."""


def rom_image(hex_text: str) -> bytes:
    """The finished cartridge. The logo's 48 bytes stay zero: nothing of the console's maker is shipped."""
    image = bytearray(SIZE)
    for address, data in _records(hex_text):
        if address + len(data) > SIZE:
            raise ValueError(f"the program reaches address 0x{address + len(data):04X}; 0x{SIZE:04X} is the limit")
        image[address : address + len(data)] = data
    image[0x134 : 0x134 + len(TITLE)] = TITLE
    image[0x143] = COLOR_AND_GREY
    image[0x147] = MBC1_RAM_BATTERY
    image[0x149] = RAM_8_KIB
    image[0x14A] = 0x01
    image[0x14B] = NEW_LICENSEE
    image[0x14D] = header_checksum(image)
    image[0x14E:0x150] = global_checksum(image).to_bytes(2, "big")
    return bytes(image)


def header_checksum(image: bytes | bytearray) -> int:
    """What the console compares before it starts a cartridge: -(sum of 0x134..0x14C, each plus 1)."""
    return -sum(byte + 1 for byte in image[0x134:0x14D]) & 0xFF


def global_checksum(image: bytes | bytearray) -> int:
    """The sum of all bytes but the two that hold it."""
    return (sum(image) - image[0x14E] - image[0x14F]) & 0xFFFF


def _records(hex_text: str) -> list[tuple[int, bytes]]:
    """Address and bytes of every data record."""
    records = []
    for line in hex_text.split():
        data = bytes.fromhex(line.removeprefix(":"))
        if sum(data) & 0xFF:
            raise ValueError(f"a damaged record in the linker's output: {line}")
        if data[3] == 0:
            records.append((int.from_bytes(data[1:3], "big"), data[4:-1]))
    return records
