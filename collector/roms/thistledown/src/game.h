/* The game's state as records in work RAM (wram.yaml), and the door from each screen to the next. */
#ifndef GAME_H
#define GAME_H

#include "console.h"
#include "world.h"
#include "wram.h"

#define NO_ITEM 255
#define PARTY_SIZE 3

struct companion {
    u8 species, level, hp, max_hp, status, unused[3];
};

struct person {
    u8 map, x, y, facing;
};

#define party ((struct companion *)wram_party)
#define people ((struct person *)wram_people)

void title_open(void);
void title_press(u8 button);
/* Makes the world of wram_world_seed: everything stable but the seed is written anew. */
void make_world(void);

/* Draws the map the player is on, and everyone there; the LCD must be off. */
void field_draw(void);
/* Back to the map from a box or a menu. */
void field_resume(void);
void field_press(u8 button);

void dialogue_open(u8 number);
void dialogue_press(u8 button);
void choice_press(u8 button);

void start_menu_open(u8 cursor);
void start_menu_press(u8 button);

void party_open(void);
void party_press(u8 button);
/* The party again, to choose on whom wram_item is used. */
void target_open(void);
void target_press(u8 button);

void bag_open(u8 pocket, u8 cursor);
void bag_press(u8 button);
void item_menu_press(u8 button);
/* The bag's medicine pocket with the cursor where wram_item stands, or stood. */
void bag_reopen(void);

void options_open(void);
void options_press(u8 button);
/* Loads the frame that the options name; the LCD must be off. */
void options_load_frame(void);

void journal_write(void);
u8 journal_holds_one(void);
void journal_read(void);

#endif
