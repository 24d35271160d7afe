"""One source a day, on a worker that has the program and the pipeline file."""

from datetime import timedelta

import pendulum
from axisync_operators import AxisyncOperator

try:
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow import DAG

with DAG(
    dag_id="axisync_one_source",
    schedule="0 6 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="Europe/Paris"),  # the schedule is of this zone
    catchup=False,  # a run reads what is there now: there is nothing to catch up on
    max_active_runs=1,
    default_args={
        "retries": 3,  # of exit code 1 and signals alone; they go on from what is saved
        "retry_delay": timedelta(minutes=10),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(hours=1),
        "execution_timeout": timedelta(hours=6),  # ends it with SIGTERM
    },
    tags=["axisync"],
) as dag:
    AxisyncOperator(
        task_id="run",
        pipeline="/etc/axisync/daily.yaml",
        # The file says ${env:...} for these. Connections hold them, and the log masks them.
        env={
            "SALESFORCE_CLIENT_ID": "{{ conn.axisync_salesforce.login }}",
            "SALESFORCE_CLIENT_SECRET": "{{ conn.axisync_salesforce.password }}",
            "FINCOME_API_KEY": "{{ conn.axisync_fincome.password }}",
        },
        append_env=True,  # otherwise these would be all of its environment
    )
