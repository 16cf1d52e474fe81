/* Dialogues: pages of two lines in a box, and the choice that may stand on the last page. */
#include "game.h"

#include "canvas.h"
#include "menu.h"
#include "sprites.h"
#include "text.h"
#include "video.h"

#define BOX_HEIGHT 6
#define BAG_BOX_ROW (CANVAS_ROWS - BOX_HEIGHT) /* over a full-screen menu */
#define TEXT_COLUMN 1
#define ANSWER_COLUMN 14

static const struct dialogue *shown;
static struct menu answers = {ANSWER_COLUMN - 1, 0, 1};
static u8 box_row; /* the box's first row on the canvas */

static void apply_effect(u8 effect)
{
    struct companion *companion = party;
    u8 i;
    switch (effect) {
    case EFFECT_OTTO_YES:
        wram_otto_answer = 1;
        break;
    case EFFECT_OTTO_NO:
        wram_otto_answer = 2;
        break;
    case EFFECT_HEAL_PARTY:
        for (i = 0; i < wram_party_count; i++, companion++) {
            companion->hp = companion->max_hp;
            companion->status = 0;
        }
        wram_heal_count++;
        break;
    case EFFECT_SIGN_READ:
        wram_sign_read = 1;
        break;
    case EFFECT_SAVE:
        wram_save_count++;
        journal_write();
        break;
    }
}

static void draw_answers(void)
{
    answers.row = box_row + 3;
    canvas_text(ANSWER_COLUMN, box_row + 3, "YES");
    canvas_text(ANSWER_COLUMN, box_row + 4, "NO");
    menu_mark(&answers);
}

static const char *page_text(void)
{
    u16 page = shown->first_page + wram_page;
    if (shown->varies) {
        page += wram_variant * shown->pages;
    }
    return dialogue_pages[page];
}

static void show_page(void)
{
    u8 is_last = wram_page + 1 == shown->pages;
    u8 asks = is_last && shown->then == THEN_CHOICE;
    wram_screen = asks ? SCREEN_CHOICE : SCREEN_DIALOGUE;
    canvas_box(0, box_row, CANVAS_COLUMNS, BOX_HEIGHT);
    if (!window_shown) {
        video_open_window(0, CANVAS_ROWS - BOX_HEIGHT);
        sprites_rest();
    }
    text_type(TEXT_COLUMN, box_row + 1, asks ? 1 : 2, page_text());
    if (asks) {
        draw_answers();
    } else if (!is_last) {
        canvas_mark(CANVAS_COLUMNS - 2, box_row + BOX_HEIGHT - 2, MARK_MORE);
    }
}

void dialogue_open(u8 number)
{
    shown = &dialogues[number - 1];
    wram_dialogue = number;
    wram_page = 0;
    wram_cursor = 0;
    box_row = shown->then == THEN_BAG ? BAG_BOX_ROW : 0;
    apply_effect(shown->effect);
    show_page();
}

void dialogue_press(u8 button)
{
    if (!(button & (BUTTON_A | BUTTON_B))) {
        return;
    }
    if (wram_page + 1 < shown->pages) {
        wram_page++;
        show_page();
    } else if (shown->then == THEN_BAG) {
        wram_dialogue = 0;
        bag_reopen();
    } else {
        field_resume();
    }
}

static void answer(u8 number)
{
    wram_cursor = 0;
    if (number) {
        dialogue_open(number);
        return;
    }
    wram_dialogue = 0;
    wram_page = 0;
    start_menu_open(START_MENU_SAVE);
}

void choice_press(u8 button)
{
    if (button == BUTTON_A) {
        answer(wram_cursor ? shown->no : shown->yes);
    } else if (button == BUTTON_B) {
        answer(shown->no);
    } else if (button & (BUTTON_UP | BUTTON_DOWN)) {
        menu_move_to(&answers, button == BUTTON_DOWN);
    }
}
