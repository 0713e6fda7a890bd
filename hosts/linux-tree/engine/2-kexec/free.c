	/* Free all frames: list, sources, control pages */
