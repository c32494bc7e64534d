{{- /* What the tool is called with. Every flag is one element, so that no value is ever taken for a flag. */ -}}

{{- define "capmodel.clusterArgs" -}}
- --cluster-name={{ required "clusterName is required: the name that this cluster has in its reports, like --set clusterName=prod-1" .Values.clusterName }}
{{- range .Values.namespaces }}
- --namespace={{ . }}
{{- end }}
{{- end }}

{{- define "capmodel.prometheusArgs" -}}
{{- with .Values.prometheus }}
{{- if .url }}
- {{ printf "--prometheus=%s" .url | quote }}
{{- range .matchers }}
- {{ printf "--prometheus-matcher=%s" . | quote }}
{{- end }}
{{- if .auth.existingSecret }}
- --prometheus-auth-file=/etc/capmodel/prometheus/auth.toml
{{- end }}
{{- if .tenant }}
- {{ printf "--tenant=%s" .tenant | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "capmodel.deliveryArgs" -}}
{{- if .Values.volume.enabled }}
- --deliver=/var/lib/capmodel
{{- end }}
{{- if .Values.delivery.bucket }}
- --deliver={{ .Values.delivery.bucket }}
{{- end }}
{{- if .Values.delivery.webhook.existingSecret }}
- --deliver=@/etc/capmodel/webhook/{{ .Values.delivery.webhook.key }}
{{- end }}
{{- end }}

{{- /* report: of a month where one is given, of the last 30 days where none is. */ -}}
{{- define "capmodel.reportArgs" -}}
{{- $root := .root }}
{{- $report := $root.Values.report -}}
- report
{{ include "capmodel.clusterArgs" $root }}
{{- with .month }}
- --month={{ . }}
- --timezone={{ $root.Values.timeZone }}
{{- end }}
{{- include "capmodel.prometheusArgs" $root }}
{{- if $root.Values.prices.existingConfigMap }}
- --prices=/etc/capmodel/prices/{{ $root.Values.prices.key }}
{{- end }}
- {{ printf "--by=%s" $report.by | quote }}
{{- range $report.sharedNamespaces }}
- --shared-namespace={{ . }}
{{- end }}
- --split-shared={{ $report.splitShared }}
- --split-idle={{ $report.splitIdle }}
- --format={{ $report.format }}
{{- if and .month $root.Values.snapshot.enabled }}
- --history=/var/lib/capmodel
{{- end }}
{{- include "capmodel.deliveryArgs" $root }}
{{- range $root.Values.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end }}

{{- define "capmodel.snapshotArgs" -}}
- snapshot
- --output=/var/lib/capmodel/
{{ include "capmodel.clusterArgs" . }}
{{- if hasPrefix "label:" .Values.report.by }}
- {{ printf "--label=%s" (trimPrefix "label:" .Values.report.by) | quote }}
{{- end }}
{{- end }}
