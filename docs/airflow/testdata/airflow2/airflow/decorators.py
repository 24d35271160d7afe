from stub import task
