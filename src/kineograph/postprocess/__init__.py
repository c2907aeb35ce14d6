"""What one does to a finished film: frames in, frames out."""
