"""What the commands share: options, messages, languages."""
