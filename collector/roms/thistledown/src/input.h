/* The joypad: read once a frame, a press counts once. */
#ifndef INPUT_H
#define INPUT_H

#include "console.h"

/* Called by video_next_frame alone. */
void input_read(void);
/* Sets ready and idle, waits for a press, clears idle; returns one BUTTON_ bit. */
u8 input_wait_press(void);

#endif
