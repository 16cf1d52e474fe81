/* The main loop: a press, the screen's answer to it, and the picture drawn whole. */
#include "game.h"

#include <string.h>

#include "input.h"
#include "video.h"

#define LAYOUT_VERSION 1

static void answer_press(u8 button)
{
    switch (wram_screen) {
    case SCREEN_TITLE:
        title_press(button);
        break;
    case SCREEN_FIELD:
        field_press(button);
        break;
    case SCREEN_DIALOGUE:
        dialogue_press(button);
        break;
    case SCREEN_CHOICE:
        choice_press(button);
        break;
    case SCREEN_START_MENU:
        start_menu_press(button);
        break;
    case SCREEN_PARTY:
        party_press(button);
        break;
    case SCREEN_BAG:
        bag_press(button);
        break;
    case SCREEN_ITEM_MENU:
        item_menu_press(button);
        break;
    case SCREEN_ITEM_TARGET:
        target_press(button);
        break;
    case SCREEN_OPTIONS:
        options_press(button);
        break;
    }
}

void main(void)
{
    memcpy(wram_magic, "THDN", 4);
    wram_layout_version = LAYOUT_VERSION;
    video_start();
    title_open();
    for (;;) {
        video_settle();
        answer_press(input_wait_press());
    }
}
