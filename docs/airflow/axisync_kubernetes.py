"""Every pipeline file of a folder in a pod of its own, without a disk that lasts.

The files lie beside the DAGs, in the folder pipelines, and in a ConfigMap made of it:

    kubectl create configmap axisync-pipelines --from-file=pipelines/

Each says where state and snapshots live (a bucket) and where the secrets are:

    state: s3://company-axisync/state
    sinks:
      - parquet: { path: s3://company-axisync/snapshots, keep: 30 daily 12 monthly }
      - fincome: {}
    ... ${file:/secrets/salesforce_client_secret}, ${file:/secrets/fincome_api_key}
"""

from datetime import timedelta
from pathlib import Path

import pendulum
from axisync_operators import AirflowFailException, AxisyncPodOperator
from kubernetes.client import models as k8s

try:
    from airflow.sdk import DAG, task
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.decorators import task

FOLDER = Path(__file__).parent / "pipelines"
IMAGE = "registry.example.com/axisync:VERSION"  # its entrypoint is axisync

with DAG(
    dag_id="axisync_kubernetes",
    schedule="0 6 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="Europe/Paris"),
    catchup=False,
    max_active_runs=1,
    default_args={
        "retries": 3,  # of exit code 1, signals and lost pods alone; they go on from what is saved
        "retry_delay": timedelta(minutes=10),  # longer than the lease of a lost pod, 60 seconds
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(hours=1),
        "execution_timeout": timedelta(hours=6),
    },
    tags=["axisync"],
) as dag:

    @task
    def pipelines() -> list[str]:
        names = sorted(p.name for p in FOLDER.iterdir() if p.suffix in (".yaml", ".yml") and p.name[0] != ".")
        if not names:
            raise AirflowFailException(f"{FOLDER} holds no pipeline file")
        return [f"/pipelines/{name}" for name in names]

    AxisyncPodOperator.partial(
        task_id="run",
        name="axisync",
        image=IMAGE,
        max_active_tis_per_dag=2,  # sources at a time
        map_index_template="{{ task.pipeline }}",
        service_account_name="axisync",  # whose identity may use the bucket
        # For a store that wants keys: the Secret's entries as the environment.
        # env_from=[k8s.V1EnvFromSource(secret_ref=k8s.V1SecretEnvSource(name="axisync-bucket"))],
        env_vars={"XDG_CACHE_HOME": "/work", "TMPDIR": "/work"},  # the only place that can be written
        volumes=[
            k8s.V1Volume(name="pipelines", config_map=k8s.V1ConfigMapVolumeSource(name="axisync-pipelines")),
            k8s.V1Volume(name="secrets", secret=k8s.V1SecretVolumeSource(secret_name="axisync", default_mode=0o440)),
            k8s.V1Volume(name="work", empty_dir=k8s.V1EmptyDirVolumeSource(size_limit="8Gi")),
        ],
        volume_mounts=[
            k8s.V1VolumeMount(name="pipelines", mount_path="/pipelines", read_only=True),
            k8s.V1VolumeMount(name="secrets", mount_path="/secrets", read_only=True),
            k8s.V1VolumeMount(name="work", mount_path="/work"),
        ],
        # A million accounts take about 320 MB, ten million 860 MB.
        container_resources=k8s.V1ResourceRequirements(
            requests={"cpu": "500m", "memory": "512Mi", "ephemeral-storage": "2Gi"},
            limits={"memory": "1Gi", "ephemeral-storage": "8Gi"},
        ),
        # A user id, for the container that hands on the XCom has none of its own.
        security_context=k8s.V1PodSecurityContext(
            run_as_non_root=True, run_as_user=65532, run_as_group=65532, fs_group=65532,
            seccomp_profile=k8s.V1SeccompProfile(type="RuntimeDefault"),
        ),
        container_security_context=k8s.V1SecurityContext(
            read_only_root_filesystem=True, allow_privilege_escalation=False,
            capabilities=k8s.V1Capabilities(drop=["ALL"]),
        ),
        termination_grace_period=30,  # SIGTERM ends it within five seconds, state saved
        log_events_on_failure=True,
    ).expand(pipeline=pipelines())
