"""What a large network learns without its own weights being changed."""
