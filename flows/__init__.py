"""What runs, in which order, where: Prefect flows, schedules and the command line."""
