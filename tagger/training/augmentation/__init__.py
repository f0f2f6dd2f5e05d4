"""What training makes of text: noise, other inflected forms, and labels for unlabelled text."""
