"""The configs of the dataset: one file each says what a row is; configs/export/*.yaml says what it is called."""
