{{- /*
A Job that runs once. It is named after its pod: what a Job runs cannot be changed, so other values make another Job, and
Helm removes the former. An upgrade that changes nothing in the pod leaves the Job, and with it its log, as they are.
*/ -}}

{{- /* root, what, month */ -}}
{{- define "capmodel.onceSpec" -}}
{{- $args := include "capmodel.reportArgs" (dict "root" .root "month" .month "bill" (ternary .root.Values.oneShot.bill (list) (ne .month ""))) }}
{{- include "capmodel.jobSpec" (dict "root" .root "component" "once" "args" $args) }}
{{- end }}

{{- define "capmodel.onceName" -}}
{{- printf "%s-%s-%s" (include "capmodel.fullname" .root) .what (include "capmodel.onceSpec" . | sha256sum | trunc 8) }}
{{- end }}

{{- define "capmodel.once" -}}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ include "capmodel.onceName" . }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "capmodel.labels" .root | nindent 4 }}
spec:
  {{- include "capmodel.onceSpec" . | nindent 2 }}
{{- end }}
