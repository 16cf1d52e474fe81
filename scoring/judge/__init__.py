"""A vision-language model rates sessions by the rubric: blind, once each, and never in another rater's place."""
