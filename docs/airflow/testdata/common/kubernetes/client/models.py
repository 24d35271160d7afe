"""The models of the Kubernetes client that the example uses, with names that they take."""


def model(*names):
    def init(self, **kwargs):
        if unknown := set(kwargs) - set(names):
            raise TypeError(f"{type(self).__name__} got unexpected keyword arguments {sorted(unknown)}")
        self.__dict__.update(kwargs)

    return type("Model", (), {"__init__": init})


V1Capabilities = model("add", "drop")
V1ConfigMapVolumeSource = model("default_mode", "items", "name", "optional")
V1EmptyDirVolumeSource = model("medium", "size_limit")
V1EnvFromSource = model("config_map_ref", "prefix", "secret_ref")
V1PodSecurityContext = model(
    "fs_group", "fs_group_change_policy", "run_as_group", "run_as_non_root", "run_as_user", "seccomp_profile",
    "supplemental_groups", "sysctls",
)
V1ResourceRequirements = model("claims", "limits", "requests")
V1SeccompProfile = model("localhost_profile", "type")
V1SecretEnvSource = model("name", "optional")
V1SecretVolumeSource = model("default_mode", "items", "optional", "secret_name")
V1SecurityContext = model(
    "allow_privilege_escalation", "capabilities", "privileged", "read_only_root_filesystem", "run_as_group",
    "run_as_non_root", "run_as_user", "seccomp_profile",
)
V1Volume = model("config_map", "empty_dir", "name", "persistent_volume_claim", "projected", "secret")
V1VolumeMount = model("mount_path", "name", "read_only", "sub_path")
