"""What to collect next: where little was played, much failed, or raters are far apart."""
