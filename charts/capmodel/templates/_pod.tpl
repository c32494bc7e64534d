{{- /* The spec of a pod that runs the tool once. root, args; token: whether it reads the API server. */ -}}
{{- define "capmodel.podSpec" -}}
{{- $root := .root }}
{{- with $root.Values -}}
restartPolicy: Never
serviceAccountName: {{ include "capmodel.serviceAccount" $root }}
automountServiceAccountToken: {{ $.token }}
enableServiceLinks: false
securityContext:
  {{- toYaml .podSecurityContext | nindent 2 }}
{{- with .imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  - name: capmodel
    image: {{ include "capmodel.image" $root | quote }}
    imagePullPolicy: {{ .image.pullPolicy }}
    args:
      {{- $.args | nindent 6 }}
    {{- with .extraEnv }}
    env:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    terminationMessagePolicy: FallbackToLogsOnError
    resources:
      {{- toYaml .resources | nindent 6 }}
    securityContext:
      {{- toYaml .securityContext | nindent 6 }}
    {{- with include "capmodel.mounts" $root | trim }}
    volumeMounts:
      {{- . | nindent 6 }}
    {{- end }}
{{- with include "capmodel.volumes" $root | trim }}
volumes:
  {{- . | nindent 2 }}
{{- end }}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{- define "capmodel.mounts" -}}
{{- if .Values.prometheus.auth.existingSecret }}
- {name: prometheus, mountPath: /etc/capmodel/prometheus, readOnly: true}
{{- end }}
{{- if eq .Values.report.by "owners" }}
- {name: owners, mountPath: /etc/capmodel/owners, readOnly: true}
{{- end }}
{{- if or .Values.prices.table .Values.prices.existingConfigMap }}
- {name: prices, mountPath: /etc/capmodel/prices, readOnly: true}
{{- end }}
{{- if or .Values.pricing.file .Values.pricing.existingConfigMap }}
- {name: pricing, mountPath: /etc/capmodel/pricing, readOnly: true}
{{- end }}
{{- if .Values.delivery.webhook.existingSecret }}
- {name: webhook, mountPath: /etc/capmodel/webhook, readOnly: true}
{{- end }}
{{- if .Values.volume.enabled }}
- {name: data, mountPath: /var/lib/capmodel}
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "capmodel.volumes" -}}
{{- with .Values.prometheus.auth.existingSecret }}
- {name: prometheus, secret: {secretName: {{ . }}}}
{{- end }}
{{- if eq .Values.report.by "owners" }}
- {name: owners, configMap: {name: {{ .Values.owners.existingConfigMap | default (include "capmodel.files" .) }}}}
{{- end }}
{{- if or .Values.prices.table .Values.prices.existingConfigMap }}
- {name: prices, configMap: {name: {{ .Values.prices.existingConfigMap | default (include "capmodel.files" .) }}}}
{{- end }}
{{- if or .Values.pricing.file .Values.pricing.existingConfigMap }}
- {name: pricing, configMap: {name: {{ .Values.pricing.existingConfigMap | default (include "capmodel.files" .) }}}}
{{- end }}
{{- with .Values.delivery.webhook.existingSecret }}
- {name: webhook, secret: {secretName: {{ . }}}}
{{- end }}
{{- if .Values.volume.enabled }}
- {name: data, persistentVolumeClaim: {claimName: {{ include "capmodel.claim" . }}}}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "capmodel.podLabels" -}}
{{ include "capmodel.selectorLabels" .root }}
app.kubernetes.io/component: {{ .component }}
{{- with merge (dict) .root.Values.podLabels .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* root, component, args */ -}}
{{- define "capmodel.jobSpec" -}}
backoffLimit: {{ .root.Values.backoffLimit }}
activeDeadlineSeconds: {{ .root.Values.activeDeadlineSeconds }}
{{- if not (kindIs "invalid" .root.Values.ttlSecondsAfterFinished) }}
ttlSecondsAfterFinished: {{ .root.Values.ttlSecondsAfterFinished }}
{{- end }}
podFailurePolicy:
  rules:
    # A wrong flag or a wrong file (exit codes 2 and 3) stays wrong.
    - action: FailJob
      onExitCodes: {containerName: capmodel, operator: In, values: [2, 3]}
template:
  metadata:
    labels:
      {{- include "capmodel.podLabels" . | nindent 6 }}
    {{- $files := include "capmodel.filesData" .root | trim }}
    {{- with merge (dict) .root.Values.podAnnotations (ternary (dict "checksum/files" (sha256sum $files)) (dict) (ne $files "")) }}
    annotations:
      {{- toYaml . | nindent 6 }}
    {{- end }}
  spec:
    {{- include "capmodel.podSpec" (dict "root" .root "args" .args "token" (ne .component "stored")) | nindent 4 }}
{{- end }}
