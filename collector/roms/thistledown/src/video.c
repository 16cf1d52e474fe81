/* The screen. VRAM is written by copy_row in VBlank, or with the LCD off: a console drops writes at any other time. */
#include "video.h"

#include <string.h>

#include "art.h"
#include "canvas.h"
#include "input.h"

#define LCD_ON 0x80
#define LCD_WINDOW_MAP_9C00 0x40
#define LCD_WINDOW 0x20
#define LCD_TALL_SPRITES 0x04
#define LCD_SPRITES 0x02
#define LCD_BG 0x01
#define ROWS_PER_FRAME 2
#define AUTO_INCREMENT 0x80
#define COLORS_OF_GREY 0xE4
#define BOTH_MAPS_BYTES 0x800
#define VRAM_BYTES 0x2000

u8 scroll_x, scroll_y;
u8 window_shown, window_column, window_row;

extern volatile u8 frame_begun;
extern void copy_row(u8 *to, const struct canvas_row *from);
extern void copy_oam(void);

static void wait_vblank(void)
{
    frame_begun = 0;
    while (!frame_begun) {
        __asm__("halt\nnop");
    }
}

static u8 control(void)
{
    u8 bits = LCD_ON | LCD_WINDOW_MAP_9C00 | LCD_TALL_SPRITES | LCD_SPRITES | LCD_BG;
    return window_shown ? bits | LCD_WINDOW : bits;
}

static void write_registers(void)
{
    SCROLL_X = scroll_x;
    SCROLL_Y = scroll_y;
    WINDOW_X = (window_column << 3) + 7;
    WINDOW_Y = window_row << 3;
    LCD_CONTROL = control();
}

static void copy_changed_rows(void)
{
    u8 rows = ROWS_PER_FRAME;
    u8 row = canvas_changed_from;
    while (rows && row < canvas_changed_to) {
        copy_row(WINDOW_MAP + ((u16)row << 5), &canvas[row]);
        row++;
        rows--;
    }
    canvas_changed_from = row;
    if (row >= canvas_changed_to) {
        canvas_all_copied();
    }
}

void video_start(void)
{
    while (LCD_CONTROL & LCD_ON && LINE != 144) {
    }
    LCD_CONTROL = 0;
    SOUND_ON = 0;
    GREY_BG = COLORS_OF_GREY;
    GREY_SPRITES_0 = COLORS_OF_GREY;
    GREY_SPRITES_1 = COLORS_OF_GREY;
    memset(BG_MAP, BLANK, BOTH_MAPS_BYTES);
    if (IS_COLOR) {
        VRAM_BANK = 1;
        memset(SPRITE_TILES, 0, VRAM_BYTES);
        VRAM_BANK = 0;
    }
    INTERRUPTS_PENDING = 0;
    INTERRUPTS_ENABLED = 1;
    __asm__("ei");
}

void video_lcd_off(void)
{
    wait_vblank();
    LCD_CONTROL = 0;
}

void video_lcd_on(void)
{
    copy_oam();
    write_registers();
    video_next_frame(); /* a console shows its first frame after this blank */
}

void video_next_frame(void)
{
    wait_vblank();
    write_registers();
    copy_oam();
    copy_changed_rows();
    input_read();
}

void video_flush(void)
{
    while (canvas_changed_to) {
        video_next_frame();
    }
}

void video_settle(void)
{
    video_flush();
    video_next_frame();
    video_next_frame();
}

void video_load_tiles(u8 first, const u8 *tiles, u16 count)
{
    u8 *to = (u8 *)(first & 0x80 ? 0x8000 : 0x9000) + ((u16)first << 4);
    memcpy(to, tiles, count << 4);
}

void video_load_palettes(u8 palette)
{
    const u8 *from = art_palettes + (u16)palette * ART_PALETTE_BYTES;
    u8 i;
    if (!IS_COLOR) {
        return;
    }
    BG_PALETTE_INDEX = AUTO_INCREMENT;
    for (i = 0; i < ART_BG_PALETTE_BYTES; i++) {
        BG_PALETTE_DATA = *from++;
    }
    SPRITE_PALETTE_INDEX = AUTO_INCREMENT;
    for (; i < ART_PALETTE_BYTES; i++) {
        SPRITE_PALETTE_DATA = *from++;
    }
}

void video_open_window(u8 column, u8 row)
{
    video_flush();
    window_shown = 1;
    window_column = column;
    window_row = row;
}

void video_close_window(void)
{
    window_shown = 0;
}
