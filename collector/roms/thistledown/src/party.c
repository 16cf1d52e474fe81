/* The companions: to look at, or to choose one for an item. */
#include "game.h"

#include "art.h"
#include "canvas.h"
#include "menu.h"
#include "page.h"
#include "text.h"
#include "video.h"

#define PORTRAIT_SIZE 3
#define PORTRAIT_TILES 9
#define BAR_SEGMENTS 6
#define PIXELS_PER_SEGMENT 8
#define BAR_PIXELS 48

static const struct menu menu = {0, 2, 4};

/* The bar's filled pixels: none only at 0 hp, all only at full hp. */
static u8 bar_pixels(const struct companion *companion)
{
    u8 pixels = (u16)companion->hp * BAR_PIXELS / companion->max_hp;
    return !pixels && companion->hp ? 1 : pixels;
}

static void draw_bar(u8 column, u8 row, u8 pixels)
{
    u8 i, filled;
    canvas_use_palette(PALETTE_BAR);
    canvas_mark(column++, row, MARK_BAR_LEFT);
    for (i = 0; i < BAR_SEGMENTS; i++) {
        filled = pixels < PIXELS_PER_SEGMENT ? pixels : PIXELS_PER_SEGMENT;
        pixels -= filled;
        canvas_mark(column++, row, MARK_BAR_0 + filled);
    }
    canvas_mark(column, row, MARK_BAR_RIGHT);
    canvas_use_palette(PALETTE_TEXT);
}

/* Column 0 the marker, 1-3 the portrait, 5-12 name and bar, 13-19 level, badge and hp. */
static void draw_companion(u8 slot, u8 row)
{
    const struct companion *companion = &party[slot];
    u8 column;
    canvas_use_palette(PALETTE_PICTURE);
    canvas_picture(1, row, TILE_PORTRAITS + slot * PORTRAIT_TILES, PORTRAIT_SIZE, PORTRAIT_SIZE);
    canvas_use_palette(PALETTE_TEXT);
    canvas_text(5, row, species_names[companion->species]);
    canvas_text(14, row, "Lv");
    canvas_number(16, row, companion->level);
    draw_bar(5, row + 1, bar_pixels(companion));
    if (companion->status) {
        canvas_mark(14, row + 1, MARK_SICK);
        canvas_text(15, row + 1, "SICK");
    }
    canvas_text(5, row + 2, "HP");
    column = canvas_number(8, row + 2, companion->hp);
    canvas_put(column, row + 2, '/');
    canvas_number(column + 1, row + 2, companion->max_hp);
}

static void draw(void)
{
    u8 slot;
    u8 row = menu.row - 1;
    for (slot = 0; slot < wram_party_count; slot++, row += menu.step) {
        draw_companion(slot, row);
    }
}

void party_open(void)
{
    wram_screen = SCREEN_PARTY;
    wram_cursor = 0;
    page_begin();
    draw();
    page_foot("PARTY", "B back");
    menu_mark(&menu);
    page_show();
}

void party_press(u8 button)
{
    if (button == BUTTON_B) {
        start_menu_open(START_MENU_PARTY);
    } else {
        menu_move(&menu, wram_party_count, button);
    }
}

void target_open(void)
{
    wram_screen = SCREEN_ITEM_TARGET;
    wram_cursor = 0;
    page_begin();
    draw();
    page_foot("Use on whom?", item_infos[wram_item].name);
    menu_mark(&menu);
    page_show();
}

/* Uses the item on one companion; 0 if it would do nothing. */
static u8 use_item(struct companion *companion)
{
    const struct item_info *item = &item_infos[wram_item];
    if (item->cures && companion->status) {
        companion->status = 0;
    } else if (item->heals && companion->hp < companion->max_hp) {
        u8 missing = companion->max_hp - companion->hp;
        companion->hp += item->heals < missing ? item->heals : missing;
    } else {
        return 0;
    }
    wram_items[wram_item]--;
    return 1;
}

void target_press(u8 button)
{
    if (button == BUTTON_B) {
        bag_reopen();
    } else if (button == BUTTON_A) {
        text_companion = wram_cursor;
        canvas_put(menu.column, menu.row + wram_cursor * menu.step, BLANK);
        if (use_item(&party[wram_cursor])) {
            canvas_fill(0, 1, CANVAS_COLUMNS, PAGE_FOOT_ROW - 1);
            draw();
            dialogue_open(DIALOGUE_ITEM_USED);
        } else {
            dialogue_open(DIALOGUE_NO_EFFECT);
        }
    } else {
        menu_move(&menu, wram_party_count, button);
    }
}
