/* The title screen: the world's number is chosen here. */
#include "game.h"

#include "art.h"
#include "canvas.h"
#include "menu.h"
#include "sprites.h"
#include "video.h"

#define BANNER_COLUMNS 20
#define BANNER_ROWS 9
#define NUMBER_COLUMN 11
#define NUMBER_ROW 11
#define DIGITS 4

static const u16 weights[DIGITS] = {1000, 100, 10, 1};

static void draw_banner(void)
{
    const u8 *tile = art_title_map;
    u8 column, row;
    canvas_use_palette(PALETTE_PICTURE);
    for (row = 0; row < BANNER_ROWS; row++) {
        for (column = 0; column < BANNER_COLUMNS; column++) {
            canvas_put(column, row, TILE_TITLE + *tile++);
        }
    }
    canvas_use_palette(PALETTE_TEXT);
}

static void draw_number(void)
{
    canvas_world(NUMBER_COLUMN - 6, NUMBER_ROW);
    canvas_fill(NUMBER_COLUMN, NUMBER_ROW + 1, DIGITS, 1);
    canvas_put(NUMBER_COLUMN + wram_cursor, NUMBER_ROW + 1, '^');
}

void title_open(void)
{
    wram_screen = SCREEN_TITLE;
    wram_item = NO_ITEM;
    video_load_tiles(TILE_LETTERS, art_font, ART_FONT_COUNT);
    video_load_tiles(TILE_MARKS, art_marks, ART_MARKS_COUNT);
    video_load_tiles(TILE_TITLE, art_title, ART_TITLE_COUNT);
    options_load_frame();
    video_load_palettes(0);
    canvas_clear();
    draw_banner();
    draw_number();
    canvas_text(3, 14, "START   begin");
    if (journal_holds_one()) {
        canvas_text(3, 16, "SELECT  continue");
    }
    sprites_hide();
    video_lcd_on();
    video_open_window(0, 0);
}

static u8 digit(void)
{
    return wram_world_seed / weights[wram_cursor] % 10;
}

static void turn_digit(u8 to)
{
    wram_world_seed += (to - digit()) * weights[wram_cursor];
}

/* Loads what the title's banner lay over, in the colours of the world, and shows the map. */
static void begin(void)
{
    u8 slot;
    video_lcd_off();
    sprites_load();
    video_load_palettes(wram_palette);
    video_load_tiles(TILE_ITEMS, art_items, ART_ITEMS_COUNT);
    for (slot = 0; slot < PARTY_SIZE; slot++) {
        const u8 *portrait = art_portraits + (u16)party[slot].species * ART_PORTRAIT_BYTES;
        video_load_tiles(TILE_PORTRAITS + slot * ART_PORTRAIT_TILES, portrait, ART_PORTRAIT_TILES);
    }
    options_load_frame();
    field_draw();
    video_lcd_on();
}

void title_press(u8 button)
{
    switch (button) {
    case BUTTON_LEFT:
        wram_cursor = before(wram_cursor, DIGITS);
        break;
    case BUTTON_RIGHT:
        wram_cursor = after(wram_cursor, DIGITS);
        break;
    case BUTTON_UP:
        turn_digit(after(digit(), 10));
        break;
    case BUTTON_DOWN:
        turn_digit(before(digit(), 10));
        break;
    case BUTTON_START:
        make_world();
        begin();
        return;
    case BUTTON_SELECT:
        if (journal_holds_one()) {
            journal_read();
            begin();
        }
        return;
    }
    draw_number();
}
