// What the instructor guide has the class type: the queries of step 7.1 and the payload of step 6.5.

export const queriesOfTheGuide: readonly string[] = [
  'up{job="ml-api"}',
  'ml_predictions_total',
  'rate(ml_predictions_total[1m])',
  'sum by (model_version) (ml_predictions_total)',
  'rate(ml_prediction_duration_seconds_sum[5m]) / rate(ml_prediction_duration_seconds_count[5m])',
  'histogram_quantile(0.95, sum(rate(ml_prediction_duration_seconds_bucket[5m])) by (le))',
];

export const validPayload = {
  tenure: 12,
  MonthlyCharges: 59.95,
  TotalCharges: 720.5,
  Contract: 'One year',
  PaymentMethod: 'Electronic check',
  OnlineSecurity: 'No',
  TechSupport: 'No',
  InternetService: 'DSL',
  gender: 'Female',
  SeniorCitizen: 'No',
  Partner: 'Yes',
  Dependents: 'No',
  PhoneService: 'Yes',
  MultipleLines: 'No',
  PaperlessBilling: 'Yes',
  OnlineBackup: 'Yes',
  DeviceProtection: 'No',
  StreamingTV: 'No',
  StreamingMovies: 'No',
};
