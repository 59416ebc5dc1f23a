"""What Holdfast knows of AWS: one kind of resource a module, and the tables of ours."""
