"""What a customer sees of what they bought."""
