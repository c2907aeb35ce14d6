"""What is wrong with films, found before they are trained on."""
