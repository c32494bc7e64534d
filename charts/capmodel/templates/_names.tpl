{{- define "capmodel.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 43 | trimSuffix "-" }}
{{- end }}

{{- /* At most 43 characters: a CronJob's name ends at 52, and "-snapshot" comes after it. */ -}}
{{- define "capmodel.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 43 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 43 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 43 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "capmodel.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "capmodel.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "capmodel.claim" -}}
{{- default (include "capmodel.fullname" .) .Values.volume.existingClaim }}
{{- end }}

{{- define "capmodel.selectorLabels" -}}
app.kubernetes.io/name: {{ include "capmodel.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "capmodel.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "capmodel.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "capmodel.image" -}}
{{- $image := .Values.image }}
{{- $registry := required "image.registry is required, as no public image is published: build one with the Dockerfile, push it, and name where it is, like --set image.registry=registry.example.com/team" $image.registry }}
{{- $name := printf "%s/%s" (trimSuffix "/" $registry) $image.repository }}
{{- if $image.digest }}
{{- printf "%s@%s" $name $image.digest }}
{{- else }}
{{- printf "%s:%s" $name (default .Chart.AppVersion $image.tag) }}
{{- end }}
{{- end }}
