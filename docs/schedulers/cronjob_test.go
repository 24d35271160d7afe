package schedulers_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// The part of Kubernetes' batch/v1 that cronjob.yaml uses: any other key is an error.
type (
	named      struct{ Name string }
	objectMeta = named
	cronJob    struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string
		Metadata   objectMeta
		Spec       struct {
			Schedule                   string
			TimeZone                   string                 `yaml:"timeZone"`
			StartingDeadlineSeconds    int                    `yaml:"startingDeadlineSeconds"`
			ConcurrencyPolicy          string                 `yaml:"concurrencyPolicy"`
			SuccessfulJobsHistoryLimit int                    `yaml:"successfulJobsHistoryLimit"`
			FailedJobsHistoryLimit     int                    `yaml:"failedJobsHistoryLimit"`
			JobTemplate                struct{ Spec jobSpec } `yaml:"jobTemplate"`
		}
	}
	jobSpec struct {
		BackoffLimit          int                           `yaml:"backoffLimit"`
		ActiveDeadlineSeconds int                           `yaml:"activeDeadlineSeconds"`
		PodFailurePolicy      struct{ Rules []failureRule } `yaml:"podFailurePolicy"`
		Template              struct{ Spec podSpec }
	}
	failureRule struct {
		Action          string
		OnPodConditions []struct{ Type string } `yaml:"onPodConditions"`
		OnExitCodes     *exitCodes              `yaml:"onExitCodes"`
	}
	exitCodes struct {
		ContainerName string `yaml:"containerName"`
		Operator      string
		Values        []int
	}
	podSpec struct {
		RestartPolicy                 string `yaml:"restartPolicy"`
		ServiceAccountName            string `yaml:"serviceAccountName"`
		TerminationGracePeriodSeconds int    `yaml:"terminationGracePeriodSeconds"`
		SecurityContext               struct {
			RunAsNonRoot   bool                  `yaml:"runAsNonRoot"`
			RunAsUser      int                   `yaml:"runAsUser"`
			RunAsGroup     int                   `yaml:"runAsGroup"`
			FSGroup        int                   `yaml:"fsGroup"`
			SeccompProfile struct{ Type string } `yaml:"seccompProfile"`
		} `yaml:"securityContext"`
		Containers []container
		Volumes    []volume
	}
	container struct {
		Name, Image string
		Args        []string
		Env         []struct{ Name, Value string }
		EnvFrom     []struct {
			SecretRef named `yaml:"secretRef"`
		} `yaml:"envFrom"`
		SecurityContext struct {
			ReadOnlyRootFilesystem   bool  `yaml:"readOnlyRootFilesystem"`
			AllowPrivilegeEscalation *bool `yaml:"allowPrivilegeEscalation"`
			Capabilities             struct{ Drop []string }
		} `yaml:"securityContext"`
		Resources    struct{ Requests, Limits map[string]string }
		VolumeMounts []struct {
			Name      string
			MountPath string `yaml:"mountPath"`
			ReadOnly  bool   `yaml:"readOnly"`
		} `yaml:"volumeMounts"`
	}
	volume struct {
		Name      string
		ConfigMap *named `yaml:"configMap"`
		Secret    *struct {
			SecretName  string `yaml:"secretName"`
			DefaultMode int    `yaml:"defaultMode"`
		}
		EmptyDir *struct {
			SizeLimit string `yaml:"sizeLimit"`
		} `yaml:"emptyDir"`
	}
)

func load(t *testing.T) cronJob {
	t.Helper()
	var job cronJob
	if err := yaml.Load([]byte(read(t, "cronjob.yaml")), &job, yaml.WithKnownFields()); err != nil {
		t.Fatal(err)
	}
	return job
}

// One run at a time, tried again on exit code 1 and on signals alone.
func TestCronJob(t *testing.T) {
	t.Parallel()
	job := load(t)
	spec := job.Spec.JobTemplate.Spec
	if job.APIVersion != "batch/v1" || job.Kind != "CronJob" || job.Spec.ConcurrencyPolicy != "Forbid" || spec.BackoffLimit != 3 || spec.Template.Spec.RestartPolicy != "Never" {
		t.Errorf("%+v", job)
	}
	want := []failureRule{
		{Action: "Ignore", OnPodConditions: []struct{ Type string }{{"DisruptionTarget"}}},
		{Action: "FailJob", OnExitCodes: &exitCodes{ContainerName: spec.Template.Spec.Containers[0].Name, Operator: "NotIn", Values: []int{1, 137, 143}}},
	}
	if diff := cmp.Diff(want, spec.PodFailurePolicy.Rules); diff != "" {
		t.Error(diff)
	}
}

// The pod needs no root, writes to its work folder alone, and mounts what its files name.
func TestPod(t *testing.T) {
	t.Parallel()
	pod := load(t).Spec.JobTemplate.Spec.Template.Spec
	c := pod.Containers[0]
	if !pod.SecurityContext.RunAsNonRoot || pod.SecurityContext.RunAsUser == 0 || !c.SecurityContext.ReadOnlyRootFilesystem || c.SecurityContext.AllowPrivilegeEscalation == nil || *c.SecurityContext.AllowPrivilegeEscalation {
		t.Errorf("%+v %+v", pod.SecurityContext, c.SecurityContext)
	}
	if pod.TerminationGracePeriodSeconds < 5 {
		t.Errorf("a run may take five seconds to stop, it has %d", pod.TerminationGracePeriodSeconds)
	}
	volumes := map[string]volume{}
	for _, v := range pod.Volumes {
		volumes[v.Name] = v
	}
	writable := ""
	for _, mount := range c.VolumeMounts {
		v, found := volumes[mount.Name]
		if !found || mount.ReadOnly != (v.EmptyDir == nil) {
			t.Errorf("%+v is a mount of %+v", mount, v)
		}
		if !mount.ReadOnly {
			writable = mount.MountPath
		}
	}
	for _, variable := range c.Env {
		if variable.Value != writable {
			t.Errorf("%s is %s, what can be written is %s", variable.Name, variable.Value, writable)
		}
	}
}
