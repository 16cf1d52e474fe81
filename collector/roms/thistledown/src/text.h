/* Running text: filled in, then shown at once or letter by letter. */
#ifndef TEXT_H
#define TEXT_H

#include "console.h"

/* What {companion} stands for: a slot of the party. */
extern u8 text_companion;

/* Types `text` from (column, row) at the speed of the options; a line feed goes down `line_step` rows. */
void text_type(u8 column, u8 row, u8 line_step, const char *text);

#endif
