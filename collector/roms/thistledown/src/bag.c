/* The bag: two pockets of items, and the small menu of an item. */
#include "game.h"

#include "art.h"
#include "canvas.h"
#include "menu.h"
#include "page.h"
#include "video.h"

#define TAB_ROW 1
#define TILES_PER_ICON 4
#define ITEM_MENU_COLUMN 12

static const struct menu menu = {1, 4, 3};
static const struct menu item_menu = {ITEM_MENU_COLUMN + 1, PAGE_FOOT_ROW + 2, 2};

static u8 is_listed(u8 item, u8 pocket)
{
    return item_infos[item].pocket == pocket && wram_items[item];
}

/* How many items of the pocket stand in the bag before item number `end`. */
static u8 listed_before(u8 end, u8 pocket)
{
    u8 item, rows = 0;
    for (item = 0; item < end; item++) {
        if (is_listed(item, pocket)) {
            rows++;
        }
    }
    return rows;
}

static u8 item_at(u8 row)
{
    u8 item = 0;
    while (!is_listed(item, wram_pocket) || row--) {
        item++;
    }
    return item;
}

/* Both pockets' names, the open one in brackets. */
static void draw_tabs(void)
{
    canvas_text(1, TAB_ROW, "MEDICINE");
    canvas_text(10, TAB_ROW, "KEEPSAKES");
    canvas_put(0, TAB_ROW, wram_pocket ? BLANK : '[');
    canvas_put(9, TAB_ROW, wram_pocket ? '[' : ']');
    canvas_put(19, TAB_ROW, wram_pocket ? ']' : BLANK);
}

static void draw_item(u8 item, u8 row)
{
    canvas_use_palette(PALETTE_PICTURE);
    canvas_picture(2, row - 1, TILE_ITEMS + item * TILES_PER_ICON, 2, 2);
    canvas_use_palette(PALETTE_TEXT);
    canvas_text(5, row, item_infos[item].name);
    canvas_put(16, row, 'x');
    canvas_number(17, row, wram_items[item]);
}

static void draw(void)
{
    u8 item;
    u8 row = menu.row;
    draw_tabs();
    for (item = 0; item < ITEM_COUNT; item++) {
        if (is_listed(item, wram_pocket)) {
            draw_item(item, row);
            row += menu.step;
        }
    }
    if (row == menu.row) {
        canvas_text(5, row, "Nothing here");
    } else {
        menu_mark(&menu);
    }
    page_foot("< > other pocket", wram_pocket ? "B back" : "A take   B back");
}

void bag_open(u8 pocket, u8 cursor)
{
    wram_screen = SCREEN_BAG;
    wram_pocket = pocket;
    wram_cursor = cursor;
    wram_item = NO_ITEM;
    page_begin();
    draw();
    page_show();
}

void bag_reopen(void)
{
    u8 rows = listed_before(ITEM_COUNT, POCKET_MEDICINE);
    u8 row = listed_before(wram_item, POCKET_MEDICINE);
    if (row && row == rows) {
        row--;
    }
    bag_open(POCKET_MEDICINE, row);
}

static void item_menu_open(void)
{
    wram_screen = SCREEN_ITEM_MENU;
    wram_item = item_at(wram_cursor);
    wram_cursor = 0;
    canvas_box(0, PAGE_FOOT_ROW, ITEM_MENU_COLUMN, CANVAS_ROWS - PAGE_FOOT_ROW);
    canvas_text(1, PAGE_FOOT_ROW + 1, item_infos[wram_item].name);
    canvas_world(1, PAGE_FOOT_ROW + 4);
    canvas_box(ITEM_MENU_COLUMN, PAGE_FOOT_ROW, CANVAS_COLUMNS - ITEM_MENU_COLUMN, CANVAS_ROWS - PAGE_FOOT_ROW);
    canvas_text(ITEM_MENU_COLUMN + 2, item_menu.row, "USE");
    canvas_text(ITEM_MENU_COLUMN + 2, item_menu.row + item_menu.step, "BACK");
    menu_mark(&item_menu);
}

void bag_press(u8 button)
{
    u8 rows = listed_before(ITEM_COUNT, wram_pocket);
    switch (button) {
    case BUTTON_LEFT:
    case BUTTON_RIGHT:
        bag_open(wram_pocket == POCKET_MEDICINE ? POCKET_KEEPSAKES : POCKET_MEDICINE, 0);
        break;
    case BUTTON_A:
        if (wram_pocket == POCKET_MEDICINE && rows) {
            item_menu_open();
        }
        break;
    case BUTTON_B:
        wram_pocket = POCKET_MEDICINE;
        start_menu_open(START_MENU_BAG);
        break;
    default:
        menu_move(&menu, rows, button);
    }
}

void item_menu_press(u8 button)
{
    if (button == BUTTON_B || (button == BUTTON_A && wram_cursor)) {
        bag_reopen();
    } else if (button == BUTTON_A) {
        target_open();
    } else if (button == BUTTON_UP || button == BUTTON_DOWN) {
        menu_move_to(&item_menu, button == BUTTON_DOWN);
    }
}
