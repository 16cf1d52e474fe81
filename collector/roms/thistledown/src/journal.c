/* The saved journey: the stable range of work RAM in the cartridge's battery RAM, with a checksum. */
#include "game.h"

#include <string.h>

#define SRAM_LOCK REGISTER(0x0000)
#define SRAM_OPEN 0x0A
#define SRAM_CLOSED 0x00

struct journal {
    u8 magic[4];
    u8 layout_version;
    u8 state[WRAM_STABLE_BYTES];
    u16 checksum;
};

#define journal ((struct journal *)0xA000)

static u16 checksum(void)
{
    const u8 *byte = journal->state;
    u16 sum = 0x5448;
    u8 i;
    for (i = 0; i < WRAM_STABLE_BYTES; i++) {
        sum = (sum << 1 | sum >> 15) ^ *byte++;
    }
    return sum;
}

void journal_write(void)
{
    SRAM_LOCK = SRAM_OPEN;
    memcpy(journal->magic, wram_magic, sizeof journal->magic);
    journal->layout_version = wram_layout_version;
    memcpy(journal->state, WRAM_STABLE, WRAM_STABLE_BYTES);
    journal->checksum = checksum();
    SRAM_LOCK = SRAM_CLOSED;
}

u8 journal_holds_one(void)
{
    u8 holds;
    SRAM_LOCK = SRAM_OPEN;
    holds = !memcmp(journal->magic, wram_magic, sizeof journal->magic)
        && journal->layout_version == wram_layout_version && journal->checksum == checksum();
    SRAM_LOCK = SRAM_CLOSED;
    return holds;
}

void journal_read(void)
{
    SRAM_LOCK = SRAM_OPEN;
    memcpy(WRAM_STABLE, journal->state, WRAM_STABLE_BYTES);
    SRAM_LOCK = SRAM_CLOSED;
    wram_cursor = 0; /* it was written while the dialogue that says so was open */
    wram_dialogue = 0;
    wram_page = 0;
}
