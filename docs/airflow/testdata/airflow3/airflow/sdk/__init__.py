from stub import DAG, task
