/* A world from its number. All that differs between worlds is decided here, by one sequence of rolls. */
#include "game.h"

#include "art.h"

#include <string.h>

#define KEEPSAKE_COUNTS 3 /* 0, 1 or 2 of a kind */
#define KEEPSAKE_KINDS 3
#define LEAST_HURT 21
#define STREAM 40503u /* odd: every number gets a start of its own, never 0 */

static u16 state;

/* The next number of the sequence in 0 .. sides - 1: a 16-bit xorshift. */
static u8 roll(u8 sides)
{
    state ^= state << 7;
    state ^= state >> 9;
    state ^= state << 8;
    return (state >> 4) % sides;
}

static void start_rolls(u16 number)
{
    state = (number * 2 + 1) * STREAM;
    roll(1);
    roll(1);
    roll(1);
}

static void place_people(void)
{
    struct person *person = people;
    const struct person_info *info = person_infos;
    u8 i;
    for (i = 0; i < PERSON_COUNT; i++, person++, info++) {
        const struct spot *spot = &info->spots[roll(info->spot_count)];
        person->map = info->map;
        person->x = spot->x;
        person->y = spot->y;
        person->facing = FACING_DOWN;
    }
}

static void place_player(void)
{
    const struct spot *spot = &player_spots[roll(PLAYER_SPOT_COUNT)];
    wram_map = MAP_TOWN;
    wram_x = spot->x;
    wram_y = spot->y;
    wram_facing = FACING_DOWN;
}

/* A species that no companion before `slot` has. */
static u8 roll_species(u8 slot)
{
    u8 species = roll(SPECIES_COUNT);
    u8 i = 0;
    while (i < slot) {
        if (party[i++].species == species) {
            species = (species + 1) % SPECIES_COUNT;
            i = 0;
        }
    }
    return species;
}

/* Levels 3 to 20, max_hp 50 to 95; one is hurt by 21 to 40, the others by at most 15, one of the three is sick. */
static void meet_companions(void)
{
    struct companion *companion = party;
    u8 hurt, slot;
    for (slot = 0; slot < PARTY_SIZE; slot++, companion++) {
        companion->species = roll_species(slot);
        companion->level = 3 + roll(18);
        companion->max_hp = 44 + 2 * companion->level + roll(12);
        companion->hp = companion->max_hp - roll(16);
    }
    hurt = roll(PARTY_SIZE);
    party[hurt].hp = party[hurt].max_hp - LEAST_HURT - roll(20);
    party[roll(PARTY_SIZE)].status = 1;
    wram_party_count = PARTY_SIZE;
}

/* One to four of every medicine; none to two of every keepsake, but one at least. */
static void fill_bag(void)
{
    u8 item, last_keepsake = 0, keepsakes = 0;
    for (item = 0; item < ITEM_COUNT; item++) {
        if (item_infos[item].pocket == POCKET_MEDICINE) {
            wram_items[item] = 1 + roll(4);
        } else {
            wram_items[item] = roll(KEEPSAKE_COUNTS);
            keepsakes += wram_items[item];
            last_keepsake = item;
        }
    }
    if (!keepsakes) {
        wram_items[last_keepsake - roll(KEEPSAKE_KINDS)] = 1;
    }
    if (wram_world_seed == 0) {
        wram_items[ITEM_SAP_DROP] = 3;
        wram_items[ITEM_HONEY_JAR] = 2;
        wram_items[ITEM_MINT_LEAF] = 1;
    }
}

void make_world(void)
{
    u16 number = wram_world_seed;
    memset(WRAM_STABLE, 0, WRAM_STABLE_BYTES);
    wram_world_seed = number;
    wram_item = NO_ITEM;
    start_rolls(number);
    wram_palette = roll(ART_WORLDS);
    wram_variant = roll(VARIANT_COUNT);
    place_player();
    place_people();
    meet_companions();
    fill_bag();
}
