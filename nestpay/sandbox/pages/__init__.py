"""The pages a person sees: plain forms that work without JavaScript, on every screen, light and dark."""
