"""VGG 16 and 19, and AlexNet: classifiers whose activations measure how alike two images look."""
