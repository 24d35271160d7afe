"""Every pipeline file of a folder as a task of its own, on workers that have the folder."""

from datetime import timedelta
from pathlib import Path

import pendulum
from axisync_operators import AirflowFailException, AxisyncOperator

try:
    from airflow.sdk import DAG, task
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.decorators import task

FOLDER = "/etc/axisync"

with DAG(
    dag_id="axisync_folder",
    schedule="0 6 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="Europe/Paris"),
    catchup=False,
    max_active_runs=1,
    default_args={
        "retries": 3,  # of exit code 1 and signals alone; they go on from what is saved
        "retry_delay": timedelta(minutes=10),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(hours=1),
        "execution_timeout": timedelta(hours=6),
    },
    tags=["axisync"],
) as dag:

    @task
    def pipelines() -> list[str]:
        files = sorted(str(p) for p in Path(FOLDER).iterdir() if p.suffix in (".yaml", ".yml") and p.name[0] != ".")
        if not files:
            raise AirflowFailException(f"{FOLDER} holds no pipeline file")
        return files

    AxisyncOperator.partial(
        task_id="run",
        max_active_tis_per_dag=2,  # sources at a time
        map_index_template="{{ task.pipeline }}",
    ).expand(pipeline=pipelines())
