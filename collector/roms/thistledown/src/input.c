/* The joypad. A press is a button that is down in this frame's reading and was up in the last one's. */
#include "input.h"

#include "video.h"
#include "wram.h"

#define SELECT_DIRECTIONS 0x20
#define SELECT_ACTIONS 0x10
#define SELECT_NONE 0x30

static u8 held, pressed;

/* Four reads: the lines need a moment to settle on a console. Bits are 0 while a button is down. */
static u8 read_half(u8 selection)
{
    u8 lines;
    JOYPAD = selection;
    lines = JOYPAD;
    lines = JOYPAD;
    lines = JOYPAD;
    lines = JOYPAD;
    return ~lines & 0x0F;
}

void input_read(void)
{
    u8 now = read_half(SELECT_DIRECTIONS);
    now |= read_half(SELECT_ACTIONS) << 4;
    JOYPAD = SELECT_NONE;
    pressed = now & ~held;
    held = now;
}

u8 input_wait_press(void)
{
    u8 button = 1;
    wram_ready = wram_screen == SCREEN_TITLE ? 1 : 2;
    wram_idle = 1;
    do {
        video_next_frame();
    } while (!pressed);
    wram_idle = 0;
    wram_press_count++;
    while (!(pressed & button)) {
        button <<= 1;
    }
    return button;
}
