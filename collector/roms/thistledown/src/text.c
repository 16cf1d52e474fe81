/* Running text. {item} is wram_item's name, {companion} the name of the party's text_companion. */
#include "text.h"

#include "canvas.h"
#include "game.h"
#include "video.h"

#define FRAMES_PER_LETTER 2
#define SLOW 0

u8 text_companion;
static u8 start_column, at_column, at_row, row_step;

static void wait_letter(void)
{
    u8 frames = FRAMES_PER_LETTER;
    if (wram_options[OPTION_TEXT_SPEED] != SLOW) {
        return;
    }
    while (frames--) {
        video_next_frame();
    }
}

static void type_letter(char letter)
{
    if (letter == '\n') {
        at_column = start_column;
        at_row += row_step;
        return;
    }
    canvas_put(at_column++, at_row, letter);
    wait_letter();
}

static void type_name(const char *name)
{
    while (*name) {
        type_letter(*name++);
    }
}

void text_type(u8 column, u8 row, u8 line_step, const char *text)
{
    start_column = column;
    at_column = column;
    at_row = row;
    row_step = line_step;
    for (; *text; text++) {
        if (*text == TEXT_ITEM) {
            type_name(item_infos[wram_item].name);
        } else if (*text == TEXT_COMPANION) {
            type_name(species_names[party[text_companion].species]);
        } else {
            type_letter(*text);
        }
    }
}
