"""What happens beside training: checkpoints, previews, evaluation, progress, preemption."""
