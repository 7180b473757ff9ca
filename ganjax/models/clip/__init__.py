"""CLIP: encoders of texts and of images into one space, where what belongs together is near."""
