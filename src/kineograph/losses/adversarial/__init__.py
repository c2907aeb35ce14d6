"""The game between generator and discriminator: one class a formula, two verbs."""
