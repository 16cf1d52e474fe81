/* The START menu: a panel at the right of the map. */
#include "game.h"

#include "canvas.h"
#include "menu.h"
#include "sprites.h"
#include "video.h"

#define PANEL_COLUMNS 10
#define WORLD_ROW 14

static const struct menu menu = {1, 2, 2};

static void draw(void)
{
    u8 i;
    u8 row = menu.row;
    canvas_clear();
    canvas_box(0, 0, PANEL_COLUMNS, CANVAS_ROWS);
    for (i = 0; i < START_MENU_COUNT; i++, row += menu.step) {
        canvas_text(menu.column + 1, row, start_menu_names[i]);
    }
    canvas_world_in_two_rows(2, WORLD_ROW);
    menu_mark(&menu);
}

void start_menu_open(u8 cursor)
{
    wram_screen = SCREEN_START_MENU;
    wram_cursor = cursor;
    video_close_window();
    sprites_rest();
    draw();
    video_open_window(CANVAS_COLUMNS - PANEL_COLUMNS, 0);
    sprites_rest();
}

static void choose(void)
{
    switch (wram_cursor) {
    case START_MENU_PARTY:
        party_open();
        break;
    case START_MENU_BAG:
        bag_open(POCKET_MEDICINE, 0);
        break;
    case START_MENU_SAVE:
        video_close_window();
        dialogue_open(DIALOGUE_SAVE);
        break;
    case START_MENU_OPTIONS:
        options_open();
        break;
    case START_MENU_EXIT:
        field_resume();
        break;
    }
}

void start_menu_press(u8 button)
{
    if (button == BUTTON_A) {
        choose();
    } else if (button & (BUTTON_B | BUTTON_START)) {
        field_resume();
    } else {
        menu_move(&menu, START_MENU_COUNT, button);
    }
}
