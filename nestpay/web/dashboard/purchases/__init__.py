"""What was bought beside a plan, and what one may do."""
