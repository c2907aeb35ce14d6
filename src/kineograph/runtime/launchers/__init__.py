"""Where the jobs of a sweep run: ``launcher.start(job)`` answers whether the job has ended, when asked."""
