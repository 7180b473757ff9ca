"""Floor 0: types, images, resampling, configs, files and errors. Imports nothing else of ganjax."""
