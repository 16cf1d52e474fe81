@ A Game Boy Advance ROM of our own for tests: every button that goes down is counted, and draws a block of its own.
@
@ At 0x02000000:  0 "TGBA"   4 presses of A B SELECT START RIGHT LEFT UP DOWN R L, one byte each
@                16 what the save RAM held at power-on   20 frames, 32 bits
@ START also writes its count to the save RAM.

        .arm
        .text
        .global _start
_start: b       main
        .fill   156, 1, 0               @ the place of a logo, left empty
        .ascii  "TINYADVANCE\0"         @ title
        .ascii  "TINY00"                @ game code, maker
        .byte   0x96, 0, 0
        .fill   7, 1, 0
        .byte   3                       @ revision
        .byte   0                       @ checksum, set by build.py
        .hword  0

main:   mov     r0, #0x04000000         @ I/O registers
        ldr     r1, =0x0403             @ mode 3, background 2: a bitmap
        strh    r1, [r0]
        mov     r2, #0x02000000
        ldr     r1, =0x41424754         @ "TGBA"
        str     r1, [r2]
        mov     r1, #0
        str     r1, [r2, #4]
        str     r1, [r2, #8]
        str     r1, [r2, #12]
        str     r1, [r2, #20]
        mov     r3, #0x0E000000         @ save RAM
        ldrb    r1, [r3]
        str     r1, [r2, #16]
        ldr     r4, =0x03FF             @ the buttons as they were: none (a button that is down reads 0)

frame:  ldrh    r1, [r0, #6]            @ the line being drawn
        cmp     r1, #160
        bhs     frame                   @ still in the last pause
pause:  ldrh    r1, [r0, #6]
        cmp     r1, #160
        bne     pause
        ldr     r1, [r2, #20]
        add     r1, r1, #1
        str     r1, [r2, #20]
        add     r5, r0, #0x130
        ldrh    r5, [r5]                @ the buttons as they are
        ldr     r6, =0x03FF
        and     r5, r5, r6
        bic     r6, r4, r5              @ those that went down
        mov     r4, r5
        mov     r7, #0                  @ number of the button

next:   tst     r6, #1
        beq     skip
        add     r8, r2, #4
        ldrb    r9, [r8, r7]
        add     r9, r9, #1
        strb    r9, [r8, r7]
        cmp     r7, #3                  @ START
        streqb  r9, [r3]
        mov     r11, #0x06000000        @ the block: column by button, row by count
        and     r10, r9, #15
        mov     r12, #3840              @ 8 lines of 480 bytes
        mla     r11, r10, r12, r11
        mov     r12, #48
        mla     r11, r7, r12, r11
        mov     r10, r7, lsl #7         @ its colour
        orr     r10, r10, #0x1F
        eor     r10, r10, r9, lsl #10
        mov     r12, #8
line:   mov     r8, #16
pixel:  strh    r10, [r11], #2
        subs    r8, r8, #1
        bne     pixel
        add     r11, r11, #448
        subs    r12, r12, #1
        bne     line
skip:   mov     r6, r6, lsr #1
        add     r7, r7, #1
        cmp     r7, #10
        blo     next
        b       frame
        .ltorg
