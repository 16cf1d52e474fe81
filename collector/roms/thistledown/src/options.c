/* The options: text speed, frame and marker, each a row with its value. */
#include "game.h"

#include "art.h"
#include "canvas.h"
#include "menu.h"
#include "page.h"
#include "video.h"

#define VALUE_COLUMN 11
#define FRAME_TILES 9
#define BYTES_PER_TILE 16

static const struct menu menu = {1, 4, 3};

static const u8 *frame_tiles(void)
{
    return art_frames + (u16)wram_options[OPTION_FRAME] * (FRAME_TILES * BYTES_PER_TILE);
}

void options_load_frame(void)
{
    video_load_tiles(TILE_FRAME, frame_tiles(), FRAME_TILES);
}

/* Loads the frame while the LCD is on: one tile at the end of each VBlank's work is what fits. */
static void swap_frame(void)
{
    const u8 *tiles = frame_tiles();
    u8 tile;
    video_flush();
    for (tile = 0; tile < FRAME_TILES; tile++) {
        video_next_frame();
        video_load_tiles(TILE_FRAME + tile, tiles, 1);
        tiles += BYTES_PER_TILE;
    }
}

static void draw_row(u8 option)
{
    const struct option_info *info = &option_infos[option];
    u8 row = menu.row + option * menu.step;
    canvas_text(menu.column + 2, row, info->name);
    canvas_fill(VALUE_COLUMN, row, CANVAS_COLUMNS - VALUE_COLUMN, 1);
    canvas_text(VALUE_COLUMN, row, info->values[wram_options[option]]);
}

void options_open(void)
{
    u8 option;
    wram_screen = SCREEN_OPTIONS;
    wram_cursor = 0;
    page_begin();
    canvas_text(1, 1, "OPTIONS");
    for (option = 0; option < OPTION_COUNT; option++) {
        draw_row(option);
    }
    page_foot("< > change", "B back");
    menu_mark(&menu);
    page_show();
}

static void change(u8 button)
{
    u8 *value = &wram_options[wram_cursor];
    u8 count = option_infos[wram_cursor].value_count;
    *value = button == BUTTON_LEFT ? before(*value, count) : after(*value, count);
    draw_row(wram_cursor);
    menu_mark(&menu);
    if (wram_cursor == OPTION_FRAME) {
        swap_frame();
    }
}

void options_press(u8 button)
{
    if (button == BUTTON_B) {
        start_menu_open(START_MENU_OPTIONS);
    } else if (button & (BUTTON_LEFT | BUTTON_RIGHT | BUTTON_A)) {
        change(button);
    } else {
        menu_move(&menu, OPTION_COUNT, button);
    }
}
