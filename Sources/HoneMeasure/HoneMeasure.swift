// HoneMeasure
