/* The screen: frames, the LCD, palettes, tiles, and the window that boxes and menus stand on. */
#ifndef VIDEO_H
#define VIDEO_H

#include "console.h"

/* BG tile numbers: 0..127 stand at 0x9000, 128..255 at 0x8800. Letters have their ASCII code. */
#define TILE_FRAME 0
#define TILE_MARKS 9
#define TILE_LETTERS 32
#define TILE_WORLD 128
#define TILE_ITEMS 196
#define TILE_PORTRAITS 220
#define TILE_TITLE 128

extern u8 scroll_x, scroll_y;
/* Where the window begins, in 8x8 tiles; nothing is covered while window_shown is 0. */
extern u8 window_shown, window_column, window_row;

void video_start(void);
void video_lcd_off(void);
void video_lcd_on(void);
/* Waits for the next VBlank, brings scrolling, window, sprites and at most 2 canvas rows to the screen, reads the joypad. */
void video_next_frame(void);
/* Waits until every changed canvas row is in VRAM. */
void video_flush(void);
/* Waits until all that was drawn has been on the screen for a whole frame. */
void video_settle(void);
void video_load_tiles(u8 first, const u8 *tiles, u16 count);
void video_load_palettes(u8 palette);
void video_open_window(u8 column, u8 row);
void video_close_window(void);

#endif
